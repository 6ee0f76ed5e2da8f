Members get mails about their welcome, tiers, points that end soon and each month, in their language; each is sent once, and each has a link that stops them.
