module browser

go 1.19
