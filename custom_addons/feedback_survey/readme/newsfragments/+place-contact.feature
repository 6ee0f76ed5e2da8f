Places may ask who answers, with consent: the contact is found or made, never a second one, and nothing of a known contact changes.
