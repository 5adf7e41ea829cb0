module switchcost/goprobe

go 1.19
