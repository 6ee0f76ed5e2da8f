A register of needs with their evidence, customers and revenue; declared preferences beside what customers really do; habits with the numbers behind them.
