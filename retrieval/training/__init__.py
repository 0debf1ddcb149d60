"""How the Spanish encoder was taught: used at training time only, never imported by the rest of the project."""
