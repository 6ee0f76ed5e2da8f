Questions can be fields of the customer: interviews write them with old and new value, pages fill what is empty; what is not written is said. The staff form takes choices and days.
