Courses stand on the customer's timeline; playbooks enrol customers in them and begin when one is finished.
