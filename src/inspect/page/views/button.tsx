import { Icon, type IconName } from "./icons.tsx";

interface Props {
  readonly label: string;
  readonly onClick: () => void;
  readonly look?: "plain" | "quiet" | "primary" | "icon";
  readonly icon?: IconName;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
}

export const Button = ({ label, onClick, look = "plain", icon, pressed, disabled = false }: Props) => (
  <button
    type="button"
    className="button"
    data-look={look}
    disabled={disabled}
    aria-pressed={pressed}
    {...(look === "icon" ? { "aria-label": label, title: label } : {})}
    onClick={onClick}
  >
    {icon === undefined ? null : <Icon name={icon} />}
    {look === "icon" ? null : <span>{label}</span>}
  </button>
);
