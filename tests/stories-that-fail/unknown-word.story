# these words are no statement
Jo dances
