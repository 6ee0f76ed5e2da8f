Answering: mails with one-tap numbers, light pages for phones, places with QR code and embedded form, portal page, mailboxes that open cases, posts and reviews by import and JSON, anonymous surveys.
