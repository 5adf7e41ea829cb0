module switchcost/bench/gochain

go 1.19
