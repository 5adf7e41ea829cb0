module switchcost/view

go 1.19
