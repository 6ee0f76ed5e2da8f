Satisfaction on the journey map, by stage; segments are compared by complaints.
