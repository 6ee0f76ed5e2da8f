Mailboxes answer by themselves, by theme and template: once a day to a person, never
to programs or lists.
