One setting of the company says on how few customers figures of all analysis screens are grey, and whether the screens begin with real changes only.
