"""From a product's description to tariff numbers: `Classifier.rank` (see rank.py), over the rows of one schedule."""
