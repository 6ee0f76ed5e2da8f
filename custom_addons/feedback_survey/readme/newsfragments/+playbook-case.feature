Playbooks open cases; these are no complaints.
