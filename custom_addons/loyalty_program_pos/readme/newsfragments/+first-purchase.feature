Coupons for the first purchase are refused at the counter once the customer has bought.
