"""How well `classify_product`'s ranking finds the number that CBP gave, and how its weights are fitted."""
