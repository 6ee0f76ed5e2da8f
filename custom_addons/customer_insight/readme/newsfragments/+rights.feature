Two roles: users see the figures of their own customers, managers those of all.
