Demonstration data: answers, comments, two cases, a place and a rule that is switched
off.
