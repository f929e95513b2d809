create view balances as select account, sum(amount)::bigint as balance from entries group by account;
