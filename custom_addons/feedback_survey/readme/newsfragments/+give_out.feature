*Give Out Feedback* on a contact: everything that is stored of a person, as one file
for that person.
