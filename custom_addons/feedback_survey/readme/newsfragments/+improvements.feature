Improvements with owner and expected effect; the same question before and after says whether they helped.
