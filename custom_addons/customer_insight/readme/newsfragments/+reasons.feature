A sentence that gives the reason for each score, segment, class and stage.
