Members give points to each other where the program allows it: confirmed by a code or an officer, within limits, both sides or neither, and the points keep their days.
