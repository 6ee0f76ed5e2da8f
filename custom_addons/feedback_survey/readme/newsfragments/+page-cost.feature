The public page stores all answers of a form at once: a form of five questions takes 17 statements instead of 38, one of fifteen no more. Showing it reads two columns of the company instead of all.
