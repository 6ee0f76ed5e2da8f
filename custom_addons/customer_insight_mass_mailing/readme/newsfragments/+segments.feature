Mailings go to the members of segments as they are when they are sent; results and variants of A/B tests are told by segment.
