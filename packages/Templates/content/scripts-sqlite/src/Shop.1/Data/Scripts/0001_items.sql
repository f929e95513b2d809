create table items (
    id integer primary key autoincrement,
    name text not null,
    quantity integer not null check (quantity >= 0)
);
