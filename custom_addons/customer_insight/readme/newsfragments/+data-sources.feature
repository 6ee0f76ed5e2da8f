A register of feeds that flags one which has gone silent.
