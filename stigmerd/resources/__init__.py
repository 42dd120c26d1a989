"""Agents, workflows and all else that is deployed: kinds, ids, stored messages, and what starts from them."""
