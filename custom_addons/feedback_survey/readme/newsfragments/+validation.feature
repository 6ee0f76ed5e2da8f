Numbers off a scale and overlong texts are refused by the server.
