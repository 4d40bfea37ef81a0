module basehandler

go 1.26.0
