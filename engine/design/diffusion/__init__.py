"""Discrete diffusion of DNA: noise, what is lost, how sequences are drawn, and the methods made of it."""
