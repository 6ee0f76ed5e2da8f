The graphs of lists can be saved as a picture, too.
