Chats of a guest are the customer's once the website knows the visitor, also by a later sign-in.
