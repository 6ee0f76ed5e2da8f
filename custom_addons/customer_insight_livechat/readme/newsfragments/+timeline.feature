Live chats stand on the customer's timeline.
