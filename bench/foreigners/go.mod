module foreigners

go 1.19

require (
	github.com/mattn/go-sqlite3 v1.14.22
	github.com/smacker/go-tree-sitter v0.0.0-20240827094217-dd81d9e9be82
	switchcost/goprobe v0.0.0
)

replace switchcost/goprobe => ../../goprobe
