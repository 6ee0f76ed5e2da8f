Care calendar: birthdays (also of 29 February), anniversaries and festivals (fixed days,
the Chinese calendar, weekdays, Easter, public holidays) greet each person once a year by
mail or remind the salesperson, with consent, budget and a log. Segments can have a contact
cadence.
