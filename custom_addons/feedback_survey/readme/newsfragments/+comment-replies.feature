Comments in surveys are answered automatically, by theme and template, once a day to a person; they count in the share.
