"""The machine in Amazon's cloud and the names that lead to it: nothing here goes onto the machine itself."""
