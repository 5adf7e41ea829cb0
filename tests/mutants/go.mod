module switchcost/mutants

go 1.19
