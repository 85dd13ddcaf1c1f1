"""The mathematics of judging: exact values, derivatives and normal forms of trees."""
