"""What is different for a model: names, ids, texts, as providers take and give them."""
