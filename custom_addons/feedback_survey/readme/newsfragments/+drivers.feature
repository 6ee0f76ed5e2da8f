Drivers of satisfaction: importance over performance of dimensions and themes, with intervals.
