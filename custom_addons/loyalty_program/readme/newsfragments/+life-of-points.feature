Points wait, expire, are limited, reserved, taken back with credit notes and given back with their own days.
