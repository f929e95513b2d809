create table entries (
    id bigint generated always as identity primary key,
    account text not null,
    amount bigint not null check (amount <> 0)
);
