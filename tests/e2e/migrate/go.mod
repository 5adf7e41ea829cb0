module migrate
go 1.19
