"""What is said about ranked tariff numbers: reasons, interpretation rules, questions, confidence, a model's opinion."""
