Demonstration data: a club with tiers, rewards, events and three members.
