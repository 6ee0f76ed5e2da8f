What if: other weights of the loyalty index are tried out before they are saved, with the members who would come onto the list of high indexes or leave it.
