Lifecycle stages in two sets, six and four, with the day the stage began and customers won back.
