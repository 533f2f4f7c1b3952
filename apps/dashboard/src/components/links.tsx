/** @file Mantine's controls as links that the router's types check. */
import {
  Anchor,
  type AnchorProps,
  Badge,
  type BadgeProps,
  Button,
  type ButtonProps,
  Menu,
  type MenuItemProps,
  NavLink,
  type NavLinkProps,
} from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef } from 'react';

type AsAnchor<P> = P & Omit<ComponentPropsWithRef<'a'>, keyof P>;

export const TextLink = createLink((props: AsAnchor<AnchorProps>) => <Anchor {...props} />);
export const ButtonLink = createLink((props: AsAnchor<ButtonProps>) => <Button component="a" {...props} />);
export const BadgeLink = createLink((props: AsAnchor<BadgeProps>) => <Badge component="a" {...props} />);
export const MenuLink = createLink((props: AsAnchor<MenuItemProps>) => <Menu.Item component="a" {...props} />);
export const PlaceLink = createLink((props: AsAnchor<NavLinkProps>) => <NavLink component="a" {...props} />);
