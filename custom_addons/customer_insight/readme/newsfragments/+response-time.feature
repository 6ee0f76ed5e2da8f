How long customers wait for an answer, per channel.
